LONGEST = ("test_pipeline.py", "test_train.py", "test_kills.py", "test_sweeps.py")


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that no core is idle at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
