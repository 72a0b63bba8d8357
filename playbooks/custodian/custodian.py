"""One custodian at work on one cluster: what is known, what is seen, what is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from playbooks.core.trouble import Trouble
from playbooks.custodian import nodes
from playbooks.custodian.desk import Desk
from playbooks.custodian.memory import Notebook
from playbooks.custodian.nodes import Node
from playbooks.custodian.opening import Source
from playbooks.custodian.reach import Reach
from playbooks.custodian.settings import CustodianSettings
from playbooks.custodian.share import Fingerprint, Share, fingerprint, is_of


@dataclass(frozen=True)
class Custodian:
    settings: CustodianSettings
    notebook: Notebook
    reach: Reach
    source: Source
    desk: Desk

    @property
    def cluster(self) -> str:
        return self.settings.cluster

    def look(self) -> tuple[Node, ...]:
        return nodes.look(self.reach, self.notebook.memory.given)

    def show(self, seen: Sequence[Node]) -> None:
        known = self.notebook.memory.cluster_id
        called = f", cluster id {known}" if known else ""
        self.desk.say(f"{self.cluster}: {count(len(seen), 'node')}{called}")
        self.desk.say(nodes.table(seen))

    def look_and_show(self) -> tuple[Node, ...]:
        """Show first, so that the person sees what was found even where it is refused."""
        seen, known = self.look(), self.notebook.memory.cluster_id
        self.show(seen)
        nodes.must_be_the_cluster(self.settings, self.notebook, seen)
        told = self.notebook.memory.cluster_id
        if not any(node.is_open for node in seen):
            self.desk.say(
                "No node is open, so none tells which cluster it is of: that these are nodes of"
                f" {self.cluster} is what their certificates say."
            )
        if told != known:
            self.desk.say(f"From now on {self.cluster} is the cluster with the id {told}.")
        return seen

    def own_share(self) -> Share:
        """Ask for the share, and stop at one that is not the one last proven. Raises Trouble."""
        share = self.source.share(self.desk)
        known = self.notebook.memory
        if known.proven is None or is_of(share, known.proven):
            return share
        if known.before is not None and is_of(share, known.before):
            self.desk.say(
                f"This is your old share: until {_day(known.before)} it {known.before.how}. It"
                " opens only what was restored from a backup of that time."
            )
        else:
            self.desk.say(f"This is not the share that {known.proven.how} on {_day(known.proven)}.")
        if self.desk.confirm("Give it anyway?"):
            return share
        raise Trouble(
            "This share is not the one that was last proven",
            left="it was not sent anywhere",
            do="take the right one; if you are sure, run it again at a terminal and type yes",
        )

    def proven(self, share: Share, how: str) -> Fingerprint:
        """Keep what tells this share again. The one before is kept as well if it is another."""
        known = self.notebook.memory
        made = fingerprint(share, self.desk.now(), how)
        if known.proven is None or is_of(share, known.proven):
            self.notebook.write(proven=made)
        else:
            self.notebook.write(proven=made, before=known.proven)
        return made


def count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _day(known: Fingerprint) -> str:
    return f"{known.at:%Y-%m-%d %H:%M} UTC"
