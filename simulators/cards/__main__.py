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
    "--webhook-secrets", default="", help="what that is signed with; several with commas between"
)
given = parser.parse_args()
endpoint = (
    Endpoint(given.webhook_url, tuple(given.webhook_secrets.split(",")))
    if given.webhook_url
    else None
)
provider = CardProvider(given.db, given.secret_key, given.key_window, endpoint)
serve(provider.asgi(), given.host, given.port)
