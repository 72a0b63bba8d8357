"""The custodians of the stand-in world, who carry a rotation of the shares."""

from dataclasses import dataclass

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from tests.worlds.machines import ToyMachines
from tests.worlds.rotation import ToyRotation


@dataclass
class ToyCeremony:
    """The custodians at their own machines, who speak to the active node only."""

    machines: ToyMachines
    held: dict[str, set[int]]  # Custodian -> generations of the shares they hold.

    def give(self, custodian: Name, nonce: str) -> None:
        """Give the old share. Raises Trouble where the active node does not take it."""
        rotation = self._under_way(nonce)
        if rotation.proving or rotation.old not in self.held[custodian]:
            raise _no(f"The share of {custodian} is not taken")
        rotation.given.add(custodian)

    def prove(self, custodian: Name, nonce: str) -> None:
        """Prove the new share; once enough did, the old ones are dead."""
        rotation = self._under_way(nonce)
        if not rotation.proving or custodian not in rotation.custodians:
            raise _no(f"The share of {custodian} is not taken")
        rotation.proved.add(custodian)
        if len(rotation.proved) >= rotation.scheme.threshold:
            self._complete(rotation)

    def step(self) -> None:
        """One custodian does what is to be done next, if anything is."""
        leader = self.machines.leader()
        rotation = leader.rotation if leader else None
        if rotation is None:
            return
        done = rotation.proved if rotation.proving else rotation.given
        willing = rotation.custodians if rotation.proving else tuple(self.held)
        custodian = next(name for name in willing if name not in done)
        act = self.prove if rotation.proving else self.give
        act(custodian, rotation.nonce)

    def _under_way(self, nonce: str) -> ToyRotation:
        leader = self.machines.leader()
        if leader is None or leader.rotation is None or leader.rotation.nonce != nonce:
            raise _no(f"Rotation {nonce} is not under way")
        return leader.rotation

    def _complete(self, rotation: ToyRotation) -> None:
        new = max(generation for held in self.held.values() for generation in held) + 1
        for custodian in rotation.custodians:
            self.held.setdefault(custodian, set()).add(new)
        change = {"generation": new, "scheme": rotation.scheme}
        for node in self.machines.nodes.values():
            if node.data is not None:
                node.data = node.data.model_copy(update=change)
            if node.rotation is rotation:
                node.rotation = None


def _no(happened: str) -> Trouble:
    return Trouble(happened, left="nothing was changed", do="see `/vault status`")
