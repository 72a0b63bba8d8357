"""The four recovery objectives of the organisation, with the clock each of them sets."""

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
VPS_COMPROMISE: Final = Objective(name="VPS compromise", rto=_HOUR, rpo=0 * _HOUR)
# The guides give a range (2-4 h, 4-6 h); the clock runs against its later end.
VAULT_COMPROMISE: Final = Objective(name="Vault compromise", rto=4 * _HOUR, rpo=24 * _HOUR)
DATA_CENTRE_LOSS: Final = Objective(name="data-centre loss", rto=6 * _HOUR, rpo=24 * _HOUR)
