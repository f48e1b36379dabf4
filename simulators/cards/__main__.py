"""`python -m simulators.cards --db PATH`: runs the card provider."""

from simulators.cards.app import CardProvider
from simulators.cards.webhooks import Endpoint
from simulators.serving import arguments, serve

parser = arguments("A card provider that speaks Stripe's HTTP API.", port=8101)
parser.add_argument("--secret-key", default="sk_test_simulator", help="the API key it accepts")
parser.add_argument(
    "--key-window", type=float, default=24 * 3600, help="seconds an idempotency key is kept"
)
parser.add_argument("--webhook-url", help="who is told of what happens; nobody by default")
parser.add_argument(
    "--webhook-secret", action="append", default=[], help="webhooks' signing secret"
)
given = parser.parse_args()
endpoint = given.webhook_url and Endpoint(given.webhook_url, tuple(given.webhook_secret))
provider = CardProvider(given.db, given.secret_key, given.key_window, endpoint or None)
serve(provider.asgi(), given.host, given.port)
