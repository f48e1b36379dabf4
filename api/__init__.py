"""The REST API: checks a request, starts or signals a workflow, and answers."""
