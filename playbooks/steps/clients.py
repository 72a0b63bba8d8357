"""Cut clients off at the balancer, and let them back."""

from playbooks.core.plan import Plan
from playbooks.core.world.world import World


async def clients_are_cut_off(plan: Plan, world: World) -> bool:
    """A closed balancer is believed only once a probe through its port got no answer."""
    state = await world.balancer.state(plan.cluster)
    return state.closed and await world.balancer.refuses(plan.cluster)


async def cut_clients_off(plan: Plan, world: World) -> None:
    await world.balancer.cut_off(plan.cluster)


async def clients_are_back(plan: Plan, world: World) -> bool:
    """No node is left in maintenance, and the balancer has found the active one."""
    state = await world.balancer.state(plan.cluster)
    return state.open and state.active is not None


async def let_clients_back(plan: Plan, world: World) -> None:
    await world.balancer.let_back(plan.cluster)
