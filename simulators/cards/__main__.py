"""`python -m simulators.cards --db PATH`: runs the card provider."""

from simulators.cards.app import CardProvider
from simulators.serving import arguments, serve

parser = arguments("A card provider that speaks Stripe's HTTP API.", port=8101)
parser.add_argument("--secret-key", default="sk_test_simulator", help="the API key it accepts")
parser.add_argument(
    "--key-window", type=float, default=24 * 3600, help="seconds an idempotency key is kept"
)
given = parser.parse_args()
provider = CardProvider(given.db, given.secret_key, given.key_window)
serve(provider.asgi(), given.host, given.port)
