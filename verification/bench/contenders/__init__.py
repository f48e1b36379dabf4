"""What carries out orders: the system, workers of it, a bare workflow, and a Go application."""
