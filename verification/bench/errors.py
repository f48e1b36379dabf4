"""The error of a measurement."""


class InvalidMeasurementError(Exception):
    """The measurement is not valid; the text says why in one line."""
