"""Recovery objectives of the organisation; each comes with the first playbook that needs it."""

from datetime import timedelta
from typing import Final

from playbooks.core.values import Frozen


class Objective(Frozen):
    """RTO is how long a recovery may take, RPO how much written data it may lose."""

    name: str
    rto: timedelta
    rpo: timedelta


_HOUR: Final = timedelta(hours=1)

SERVER_FAILURE: Final = Objective(name="Vault server failure", rto=_HOUR / 2, rpo=0 * _HOUR)
# The guide gives a range (4-6 h); the clock runs against its later end.
DATA_CENTRE_LOSS: Final = Objective(name="data-centre loss", rto=6 * _HOUR, rpo=24 * _HOUR)
