"""Card numbers and CVCs that nobody has, pushed in wherever something can be, and searched for."""
