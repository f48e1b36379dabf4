"""What can go wrong with a measurement."""


class InvalidMeasurementError(Exception):
    """What was measured is not what was to be measured; the text says why in one line."""
