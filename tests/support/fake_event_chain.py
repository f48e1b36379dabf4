"""An event chain that does nothing."""

from api.dev.choreography import EventChain
from api.dev.choreography_schemas import (
    ChainCard,
    ChainOrder,
    ChainService,
    ChainState,
    OrderSearch,
    Wiring,
    WiringChange,
    WiringTable,
)
from config import Settings


class FakeEventChain(EventChain):
    """Has no services and no orders."""

    def __init__(self, _settings: Settings) -> None:
        """Uses no stack."""

    async def state(self) -> ChainState:
        """Empty."""
        return ChainState(services=[], wiring=Wiring.CHARGE_FIRST, orders=[])

    async def place(self, card: ChainCard) -> ChainOrder:
        """Nothing is placed."""
        del card
        return ChainOrder(number=17, events=[])

    async def rewire(self, wiring: Wiring) -> ChainState:
        """Nothing changes."""
        del wiring
        return await self.state()

    async def switch(self, service: ChainService, *, on: bool) -> ChainState:
        """Nothing is started or stopped."""
        del service, on
        return await self.state()

    async def find(self, number: int) -> OrderSearch:
        """Nobody knows it."""
        return OrderSearch(number=number, answers=[])

    async def change(self) -> WiringChange:
        """Nothing is touched."""
        table = WiringTable(service="order", file="", symbol="", rows=[], touched=False)
        return WiringChange(chain=[], order_service=table)
