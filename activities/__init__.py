"""Activities: workflows decide, activities act, each with one effect in one transaction."""
