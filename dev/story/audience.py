"""Who is shown the story."""

from clients.rest import Event


class Audience:
    """Is notified as the story goes on; ignores everything. A subclass shows it."""

    def scenario(self, number: int, title: str) -> None:
        """A scenario begins."""

    def says(self, text: str) -> None:
        """A person does something."""

    def follows(self, kind: str, id: str) -> None:
        """An order or a payment is followed from now on."""

    def event(self, event: Event) -> None:
        """Something happened to it; called from another thread."""

    def ended(self, outcome: str) -> None:
        """The scenario ended as it must."""
