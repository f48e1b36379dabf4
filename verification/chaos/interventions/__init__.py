"""What operators do in Temporal while orders are under way."""

from verification.chaos.interventions.interventions import Interventions

__all__ = ["Interventions"]
