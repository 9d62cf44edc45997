"""Search for hyper-parameters with Keras Tuner."""

import tempfile


def search(hypermodel, x, y, validation, trials, epochs, seed):
    """Search hyper-parameters at random with Keras Tuner.

    Parameters
    ----------
    hypermodel : callable
        Takes ``keras_tuner.HyperParameters``, returns a compiled model.
    x, y, validation
        As in `galutils.networks.train.fit`.
    trials, epochs : int
        Number of configurations, and epochs of each.
    seed : int
        Random state of the search and of the weights.

    Returns
    -------
    pandas.DataFrame
        One row a trial, best first: the hyper-parameters, ``val_accuracy``
        and ``parameters``.

    Raises
    ------
    RuntimeError
        If a trial did not complete.
    """
    import keras
    import keras_tuner
    import pandas as pd

    keras.utils.set_random_seed(seed)
    with tempfile.TemporaryDirectory() as scratch:
        tuner = keras_tuner.RandomSearch(
            hypermodel,
            objective="val_accuracy",
            max_trials=trials,
            seed=seed,
            directory=scratch,
            max_consecutive_failed_trials=1,  # otherwise the search passes over it
        )
        tuner.search(x, y, validation_data=validation, epochs=epochs, verbose=0)
        done = tuner.oracle.trials.values()
    table = pd.DataFrame([trial.hyperparameters.values for trial in done])
    table["parameters"] = [hypermodel(one.hyperparameters).count_params() for one in done]
    table["val_accuracy"] = [trial.score for trial in done]
    return table.sort_values("val_accuracy", ascending=False, ignore_index=True)
