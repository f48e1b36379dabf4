"""One payment is charged once, whatever its provider's search shows, by seeds.

The real activity, gateway and SDK against the simulator. Search is an hour behind, answers and
requests get lost, keys expire or repeat a 500, there are too many requests (429), somebody else's
app adds metadata, another payment's id differs in case only, workers are paused, and an attempt is
carried out again after it succeeded. How much time passes between the attempts is drawn, too.
"""

import tempfile
import traceback
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from temporalio.testing import ActivityEnvironment

from activities.charges import ChargeActivities, ChargeCardInput, ChargeCardResult
from config import Settings
from domain.customer import Card
from domain.payment import Payment
from domain.waiting_period import PaymentTerms
from gateways.cards import ProviderUnavailableError
from storage import charges, customers, payments
from storage.database import Database
from storage.migrate import migrate
from tests.verification.models.searched_provider import (
    Fault,
    SearchedProvider,
    searched_provider,
)

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AMOUNT = 2500
SHOWN = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)

PAUSES = [
    *(timedelta(seconds=seconds) for seconds in (1, 1, 60, 600)),
    *(timedelta(minutes=minutes) for minutes in (59, 60, 61)),
    *(timedelta(hours=hours) for hours in (2, 12, 23, 24, 25)),
]
"""Between two attempts; the workers may have been down."""

IN_FLIGHT = timedelta(seconds=40)
"""How long a worker's request may take, while another worker begins its own."""

MOST_FAULTS = 25
MOST_ATTEMPTS = 200


class ChargeHarness:
    """The activity with a database and a card provider of its own."""

    def __init__(self, database: Database, provider: SearchedProvider) -> None:
        """The search's lag is that of the settings."""
        self.database = database
        self.provider = provider
        self.faults = Counter[Fault]()
        lag = Settings().card_search_lag
        self._activities = ChargeActivities(database, provider.cards, lag, retry_limits={})

    def charge(self, payment_id: str, scheduled_at: datetime) -> ChargeCardResult:
        """One attempt of the activity that begins now. Raises `ProviderUnavailableError`."""
        environment = ActivityEnvironment()
        environment.info = replace(
            environment.info, scheduled_time=scheduled_at, started_time=self.provider.now
        )
        input = ChargeCardInput(
            at=scheduled_at, payment_id=payment_id, attempt=1, payment_method=None
        )
        return environment.run(self._activities.charge_card, input)


@contextmanager
def open_harness(folder: Path) -> Generator[ChargeHarness]:
    """With all files in the folder."""
    url = f"sqlite:///{folder}/payments.db"
    migrate(url)
    with closing(Database(url)) as database, searched_provider(folder, BEGIN) as provider:
        yield ChargeHarness(database, provider)


def play_runs(seeds: Sequence[int]) -> tuple[str, Counter[str]]:
    """Plays the runs of these seeds; what failed, if one did, and what was played."""
    played = Counter[str]()
    with tempfile.TemporaryDirectory() as folder, open_harness(Path(folder)) as harness:
        for seed in seeds:
            try:
                played += ChargeRun(harness, seed).play()
            except Exception:  # noqa: BLE001  reported with its seed
                return traceback.format_exc(), played
    return "", played


class ChargeRun:
    """One payment, one seed."""

    def __init__(self, harness: ChargeHarness, seed: int) -> None:
        """The same seed plays the same run."""
        self._harness = harness
        self._provider = harness.provider
        self._seed = seed
        self._random = random = Random(seed)
        self._id = f"run-{seed}"
        self._faults_left = random.randint(0, MOST_FAULTS)
        self._has_other_app = random.random() < 0.7
        self._workers = 0
        self._played = Counter[str]()

    def play(self) -> Counter[str]:
        """Returns how often what was played. Raises AssertionError unless there is one charge."""
        self._provider.now = BEGIN
        self._provider.before = self._before_request
        try:
            self._request_payment()
            self._charge_until_paid()
            self._check()
        except Exception as error:
            error.add_note(f"Again: python -m tests.verification.models --search {self._seed}")
            raise
        return self._played

    def _request_payment(self) -> None:
        customer = f"customer-{self._seed}"
        payment = Payment(
            id=self._id,
            reference="run",
            customer_id=customer,
            amount=AMOUNT,
            currency="EUR",
            terms=PaymentTerms(),
            requested_at=BEGIN,
            updated_at=BEGIN,
        )
        with self._harness.database.write() as tx:
            customers.create(tx, customer, "Kermit", f"{customer}@example.com", "EUR")
            customers.set_card(tx, customer, "pm_card_visa", SHOWN, BEGIN)
            payments.request(tx, payment)
        if self._random.random() < 0.3:
            self._charge_namesake()

    def _charge_namesake(self) -> None:
        """Search does not tell upper from lower case."""
        form = {
            "amount": str(AMOUNT),
            "currency": "eur",
            "confirm": "true",
            "payment_method": "pm_card_visa",
            "metadata[payment]": self._id.upper(),
            "metadata[attempt]": "1",
        }
        self._provider.send("POST", "/v1/payment_intents", data=form).raise_for_status()
        self._played["namesake"] += 1

    def _charge_until_paid(self) -> None:
        """And perhaps once more: Temporal may not have received the first completion."""
        times = self._random.choice([1, 1, 2])
        for _ in range(MOST_ATTEMPTS):
            times -= self._attempt()
            if not times:
                return
            self._provider.now += self._random.choice(PAUSES)
        raise AssertionError(f"not paid after {MOST_ATTEMPTS} attempts")

    def _attempt(self) -> bool:
        """Whether it returned a result."""
        self._played["attempt"] += 1
        self._workers += 1
        try:
            result = self._harness.charge(self._id, BEGIN)
        except ProviderUnavailableError:
            return False
        finally:
            self._workers -= 1
            if self._has_other_app:
                self._add_metadata()
        assert not result.refused, "refused"
        assert result.charged, f"not charged: {result.failure}"
        return True

    def _before_request(self) -> Fault:
        """Another worker may be at work while this one's request is on its way."""
        self._played["request"] += 1
        if self._workers == 1 and self._faults_left and self._random.random() < 0.1:
            self._played["second worker"] += 1
            self._provider.now += IN_FLIGHT
            self._attempt()
        if not self._faults_left or self._random.random() < 0.4:
            return Fault.NONE
        self._faults_left -= 1
        fault = self._random.choice([*Fault, Fault.LOST_ANSWER, Fault.ERROR_AFTER_EFFECT])
        self._played[fault] += fault is not Fault.NONE
        return fault

    def _add_metadata(self) -> None:
        """Somebody else's app finds each PaymentIntent by a webhook."""
        for intent in self._provider.intents_of(self._id):
            path = f"/_metadata/{intent['id']}"
            self._provider.send("POST", path, json={"crm": "42"}).raise_for_status()

    def _check(self) -> None:
        """One charge, and it is the one in our books."""
        intents = self._provider.intents_of(self._id)
        taken = [one["id"] for one in intents if one["amount_received"]]
        with self._harness.database.read() as tx:
            payment = payments.find(tx, self._id)
            charge = charges.find(tx, self._id, 1)
        assert charge is not None
        assert len(taken) == 1, f"{len(taken)} charges at the provider"
        assert [charge.charge_id] == taken, "another charge is in the books"
        assert payment.charged == AMOUNT, "the books hold something else"
        self._played["one charge"] += 1
        self._played["new key"] += charge.key_number > 1
