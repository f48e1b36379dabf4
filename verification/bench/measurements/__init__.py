"""What is measured: the speed of orders, the worker and the page; its goals and its report."""
