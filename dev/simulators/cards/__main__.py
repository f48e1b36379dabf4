"""`python -m dev.simulators.cards --db PATH`: runs the card provider.

Webhooks are signed with STRIPE_WEBHOOK_SECRETS, separated by commas. They are no argument because
every user of the machine can read arguments. Without a secret, no webhooks are sent.
"""

import os

from dev.simulators.cards.app import CardProvider
from dev.simulators.cards.currencies import MINIMUM
from dev.simulators.cards.protocol.webhooks import Endpoint
from dev.simulators.server import arguments, http_url, seconds, serve

parser = arguments("A card provider that speaks Stripe's HTTP API.", port=8101)
parser.add_argument("--secret-key", default="sk_test_simulator", help="the API key it accepts")
parser.add_argument(
    "--key-window", type=seconds, default=24 * 3600, help="seconds an idempotency key is kept"
)
parser.add_argument(
    "--webhook-url", type=http_url, help="where webhooks are sent; none are by default"
)
parser.add_argument(
    "--search-lag", type=seconds, default=0, help="seconds until search finds a new object"
)
parser.add_argument(
    "--settlement-currency",
    type=str.lower,
    choices=sorted(MINIMUM),
    default="eur",
    help="the currency that the account settles in",
)
given = parser.parse_args()
secrets = [one.strip() for one in os.environ.get("STRIPE_WEBHOOK_SECRETS", "").split(",")]
signing = tuple(filter(None, secrets))
endpoint = Endpoint(given.webhook_url, signing) if given.webhook_url and signing else None
provider = CardProvider(
    given.db,
    given.secret_key,
    given.key_window,
    endpoint,
    search_lag_seconds=given.search_lag,
    settlement_currency=given.settlement_currency,
)
serve(provider.asgi(), given.host, given.port)
