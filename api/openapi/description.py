"""What /docs says before the endpoints, in Markdown."""

from api.openapi.examples import CUSTOMER, KEYS
from config import Auth, Settings

_API = """\
Customers place orders for products. The order service decides what happens next, and the payment
service collects the money: from the customer's account first, then from their card. A payment may
take two weeks; the order only waits for its result.

Amounts are integers in minor units: 2500 is EUR 25.00. Times are in UTC. An error is a problem
document (RFC 9457, `application/problem+json`): `title` says what kind it is, `detail` what to do,
`errors` which fields are wrong.

## Token
"""

_TOKEN = {
    Auth.NONE: """\
This installation needs no token (`AUTH=none`). Every request has an operator's permissions.
""",
    Auth.JWT: """\
Every request needs a token of the issuer, as `Authorization: Bearer …`; **Authorize** sends it with
each request from this page. A customer's token has the scopes `orders:read`, `orders:write` and
`cards:write`, and sees the data of that customer only; an operator's also has the scope `operator`,
and sees all. For an API on your own machine, `make token CUSTOMER=kermit` prints a customer's
token, and `make token` an operator's.
""",
}

_LIFE = """
## The life of an order

1. `POST /orders` accepts it: `placed`. With the policy `charge_first` the payment is requested
   next: `awaiting_payment`.
2. The payment withdraws what the customer's account covers, and charges the rest to the card. If
   the card is declined, the payment is `awaiting_card`: the customer is reminded every two days
   and, two weeks after the first declined charge, the payment is `canceled`. A new card is charged
   at once, and the payment is `received`.
3. The goods are fetched and shipped: `fetching_goods`, `shipping`, `fulfilled`. If the payment is
   canceled, if there are not enough goods, or if the customer cancels (`canceling`), what was done
   is undone: `not_fulfilled`, with the `reason`.

`charge_before_shipping` and `charge_later` have the same steps in another sequence.
`GET /orders/{id}/events` lists what happened; with `Accept: text/event-stream` it goes on until the
order ends.
"""

_TOUR = f"""
## Try it

The examples are about the customer `{CUSTOMER}`, whom `make run` creates. Sent in this sequence, as
an operator, they follow one order whose card is declined:

1. `PUT /customers/{{id}}/card`: from now on his card is declined.
2. `POST /orders`: a pond lily. The order's id follows from the `Idempotency-Key`, so that the
   examples below have it. The same key sent again returns the first order; leave the
   key out for a new one.
3. `GET /payments/{{id}}`: the payment is `awaiting_card`. A payment has the id of its order.
4. `POST /dev/payments/{{id}}/fast-forward`: two days pass, and he is reminded.
5. `GET /orders/{{id}}/mails`: the mails he got.
6. `PUT /payments/{{id}}/card`: a working card, charged at once.
7. `GET /orders/{{id}}`: `fulfilled`.
8. `POST /payments/{{id}}/refunds`: EUR 5.00 is refunded.

To cancel an order, place another one first: begin with the declined card, choose the
`Idempotency-Key` `{KEYS[1]}` in `POST /orders`, then send `POST /orders/{{id}}/cancel`.
"""


def of(settings: Settings) -> str:
    """The description of an installation with these settings."""
    return _API + _TOKEN[settings.auth] + _LIFE + (_TOUR if settings.development_mode else "")
