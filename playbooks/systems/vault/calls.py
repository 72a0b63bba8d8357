"""One HTTP call to one node. What the library raises becomes Trouble here, once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import requests
from hvac.adapters import RawAdapter

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.systems.vault.settings import VaultSettings

PATIENT: Final = timedelta(seconds=10)  # A node that loads a snapshot hangs for almost 6 s.
_CONNECT: Final = timedelta(seconds=3)


@dataclass(frozen=True)
class Call:
    """What is asked. Token and body stay out of the repr, and so out of every traceback."""

    method: str
    path: str  # Below /v1/.
    token: str = field(default="", repr=False)
    body: dict[str, Any] | None = field(default=None, repr=False)
    upload: Iterable[bytes] | None = field(default=None, repr=False)
    params: dict[str, str] | None = None
    stream: bool = False
    connect: timedelta = _CONNECT
    within: timedelta = PATIENT  # Between two bytes, not for the whole.


class Calls:
    """The calls of this process to one cluster. Blocks: for threads."""

    def __init__(self, cluster: Name, settings: VaultSettings) -> None:
        self.cluster = cluster
        self.settings = settings
        self._session = requests.Session()
        # Proxies and .netrc of the environment are not ours, and looking for them costs a fifth.
        self._session.trust_env = False
        self._session.verify = str(settings.ca_file)

    def ask(self, node: Name, call: Call) -> requests.Response:
        """Ask one node, following no redirect. Raises Trouble where no answer comes."""
        adapter = RawAdapter(
            base_uri=self._address(node),
            token=call.token,
            session=self._session,
            allow_redirects=False,
            timeout=(call.connect.total_seconds(), call.within.total_seconds()),
        )
        try:
            answer: requests.Response = adapter.request(
                call.method,
                f"/v1/{call.path}",
                headers={"Accept-Encoding": "identity"},
                raise_exception=False,
                json=call.body,
                data=call.upload,
                params=call.params,
                stream=call.stream,
            )
        except (requests.RequestException, OSError) as error:
            silence = self._silence(node, error)
        else:
            return answer
        raise silence  # Outside the handler: the library's error holds the request, token and all.

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def _address(self, node: Name) -> str:
        if node not in self.settings.nodes:
            raise Trouble(
                f"{self.cluster} has no node {node}",
                left="nothing was asked",
                do=f"its nodes are {', '.join(self.settings.nodes)}",
            )
        return self.settings.nodes[node]

    def _silence(self, node: Name, error: Exception) -> Trouble:
        where = f"{node} of {self.cluster} at {self._address(node)}"
        left = f"nothing is known of what {node} does now"
        match error:
            case requests.exceptions.SSLError():
                return Trouble(
                    f"The certificate of {where} is not one that {self.settings.ca_file} vouches"
                    " for",
                    left="nothing was sent to it",
                    do="compare the certificate and the CA file before anything else",
                )
            case requests.exceptions.ConnectTimeout():
                return Trouble(f"{where} cannot be reached", left=left, do="look at its network")
            case requests.exceptions.Timeout():
                return Trouble(f"{where} took too long to answer", left=left, do="see its log")
            case requests.exceptions.ConnectionError():
                return Trouble(
                    f"{where} refuses or drops connections",
                    left=left,
                    do="look whether its process runs, and at its log",
                )
            case _:
                return Trouble(
                    f"{where} could not be asked ({type(error).__name__})",
                    left=left,
                    do=f"check {self.settings.ca_file} and the address in the configuration",
                )
