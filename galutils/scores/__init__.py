"""Score classifiers: intervals, ROC curves, calibration, abstention."""
