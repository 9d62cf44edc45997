"""Examples and exit statuses that the help of the command line shows."""

STATUS = """exit status:
  0    all done
  1    something failed; what and why is on the terminal and in build/logs
  2    the command line cannot be done as it stands; nothing was started
  75   another run is at work in this folder
  130  interrupted by Ctrl-C (143: by a termination signal)
"""
ARCHIVES = ("sami", "manga", "tng", "gz2", "perseus", "atlas3d")
MOCKS = ("sami", "manga", "manga_images", "tng", "gz2", "perseus")
ROOT = "root of the archives; default: $GALUTILS_DATA, else data"
EXAMPLES = {
    None: """examples:
  galutils run                          the whole book, what has changed since last time
  galutils run sami --set epochs=20     one study, with another number of epochs
  galutils report --study perseus       published numbers against those here
  galutils data status                  which archives are there
  galutils COMMAND --help               examples of a command
""",
    "run": """examples:
  galutils run                                        what has changed, and the book
  galutils run perseus/04_metrics beyond              a notebook and a study, without the book
  galutils run sami --profile full --set epochs=200 --set sami/04_training:seed=3 --jobs 4
  galutils run --dry-run                              what would run, and why
  galutils run --list                                 the notebooks
  galutils run --list sami/04_training                the parameters of one
  galutils run sami/04_training --sweep seed=0..9     ten times, in build/sweeps
  galutils run sami/04_training --sweep epochs=5,10,20 --sweep seed=0..4
  galutils run --executor slurm --jobs 20 -- --default-resources slurm_account=astro
""",
    "book": "examples:\n  galutils book    publish book/_build/html from the executed notebooks\n",
    "report": """examples:
  galutils report                                     every item, in the terminal
  galutils report --study sami --format markdown
  galutils report --format csv --out numbers.csv      numbers in full
  galutils report --results build/sweeps/sami-seed/seed=3/results
""",
    "index": "examples:\n  galutils index    after a notebook was run by hand, in JupyterLab\n",
    "drift": """examples:
  galutils drift                    after galutils run: has a number changed?
  galutils drift --against v0.1.0
""",
    "data": """examples:
  galutils data status                                what is here, and how to get the rest
  galutils data fetch sami --catalogues-only          again after an interruption: it goes on
  galutils data fetch manga --subset 500 --jobs 8     images and maps of 500 galaxies
  TNG_API_KEY=... galutils data fetch tng             with the key of your account
""",
    "mock": """examples:
  galutils mock sami
  galutils mock sami --n 300 --seed 7 --out /tmp/sami
""",
    "classify": """examples:
  galutils classify build/perseus/membership.keras cutouts --out classified.csv
  galutils classify build/sami/grouped.keras maps more/1234.fits -o classes.parquet --workers 4
  galutils classify build/sami/grouped.keras maps.h5::velocity::catid -o classes.csv
  galutils classify build/arms/tuned.keras catalogue::file::objid --scheduler tcp://node1:8786
""",
}
