"""The clocks of payments, which customers' scenarios move and operators must not set back.

A reset sets a workflow's clock back together with its history, as no real clock is. What a payment
did on its later days would then be followed by events of earlier ones.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class PaymentClock:
    """Whoever moves it, or acts as an operator upon its order or payment, holds `lock`."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    was_moved: bool = False
    """Also if it is not known whether the request to move it was carried out."""


PaymentClocks = defaultdict[str, PaymentClock]
"""By the id of the payment, which is its order's."""
