"""Search for hyper-parameters with Keras Tuner."""

import tempfile


def search(hypermodel, x, y, validation, trials, epochs, seed):
    """Random search with Keras Tuner.

    Parameters
    ----------
    hypermodel : callable
        Takes ``keras_tuner.HyperParameters``, returns a compiled model.
    x, y, validation
        As in `fit`.
    trials, epochs : int
        Configurations tried, and epochs of each.
    seed : int
        Of the search and of the weights.

    Returns
    -------
    pandas.DataFrame
        One row a trial, best first: the hyper-parameters, ``val_accuracy``
        and ``parameters``.

    Raises
    ------
    RuntimeError
        If a trial did not complete. Keras Tuner itself returns normally then.
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
            project_name="search",
        )
        tuner.search(x, y, validation_data=validation, epochs=epochs, verbose=0)
        done = tuner.oracle.trials.values()
        failed = [t.trial_id for t in done if t.status != "COMPLETED"]
        if failed or not done:
            raise RuntimeError(f"trials {failed} of {len(done)} did not complete")
        rows = [
            {
                **trial.hyperparameters.values,
                "parameters": hypermodel(trial.hyperparameters).count_params(),
                "val_accuracy": trial.score,
            }
            for trial in done
        ]
    return pd.DataFrame(rows).sort_values("val_accuracy", ascending=False, ignore_index=True)
