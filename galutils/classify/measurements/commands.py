"""The commands that work through many inputs: ``galutils classify`` and ``galutils measure``."""

import sys

import click

STATUS = """\b
Exit status:
  0    all done
  1    something failed; what and why is on the terminal and in build/logs
  2    the command line cannot be done as it stands; nothing was started
  75   another run is at work in this folder
  130  interrupted by Ctrl-C (143: by a termination signal)
"""
SETTINGS = {"epilog": STATUS, "context_settings": {"help_option_names": ["-h", "--help"]}}
COUNT = click.IntRange(min=1)
WORKERS = click.option("--workers", type=COUNT, help="processes on this machine, by Dask")
SCHEDULER = click.option("--scheduler", metavar="ADDRESS", help="a Dask scheduler, tcp://HOST:8786")


def fail(message, status):
    """Print a message to the standard error and return the exit status."""
    return click.echo(message, err=True) or status


@click.command(**SETTINGS)
@click.argument("model", type=click.Path())
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--out", default="classified.csv", type=click.Path(), help=".csv or .parquet")
@click.option("--card", type=click.Path(), help="card of the model; default: beside the model")
@click.option("--chunk", type=COUNT, default=512, help="inputs in a part; default: 512")
@WORKERS
@SCHEDULER
@click.option("--objects", metavar="TABLE", help="ra and dec: a catalogue of cluster members")
def classify(model, inputs, out, objects, **settings):
    """Give maps or images a class and how sure it is.

    MODEL is a .keras file, or a shipped network by its name: manga_rotation for velocity fields,
    manga_rotation_image for images of galaxies. INPUTS are folders and files of maps or images; or
    one stack or table, PATH[::DATASET[::ID]], of HDF5, Zarr, Parquet or a HATS catalogue. What was
    left out, and why, is in a file beside the result. With --objects every row of TABLE has a
    probability or a reason in OUT.ecsv, .fits and .vot, by the cut-out (INPUTS: their folder) of
    its objid or position.

    \b
    Examples:
      galutils classify manga_rotation maps -o classes.csv
      galutils classify build/perseus/membership.keras cutouts --objects list.ecsv --out members
      galutils classify build/sami/grouped.keras maps more/1234.fits -o classes.parquet --workers 4
      galutils classify build/sami/grouped.keras maps.h5::velocity::catid -o classes.csv
      galutils classify build/arms/tuned.keras catalogue::file::objid --scheduler tcp://node1:8786
    """
    from galutils.classify import classify, membership
    from galutils.classify.parts import Summary
    from galutils.networks import shipped

    model = shipped.find(model)
    if not objects:
        return worked("inputs classified", classify, model, inputs, out, **settings)

    def judge(*given, **settings):
        reasons = membership.members(*given, **settings)["reason"]
        return Summary(len(reasons), int(sum(reasons == "")), 0)

    return worked("objects judged", judge, model, objects, inputs[0], out, **settings)


def worked(done, function, *arguments, **settings):
    """Call what works through inputs, and tell how many are done and left out."""
    from galutils.classify.parts import rejected_path

    end, out = "\r" if sys.stderr.isatty() else "\n", arguments[-1]

    def tell(n, total, left_out):
        click.echo(f"{n} of {total}, {left_out} left out{end}", nl=False, err=True)

    try:
        found = function(*arguments, tell=tell, **settings)
    except (OSError, RuntimeError) as error:  # also of another run that is at work
        return fail(f"{out}: {error}", 75 if isinstance(error, BlockingIOError) else 1)
    click.echo(f"{out}: {found.n_done} of {found.n_inputs} {done}")
    if found.n_rejected:
        click.echo(f"{rejected_path(out)}: {found.n_rejected} left out, and why")
    return 0 if found.n_done else 1


@click.command(**SETTINGS)
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--out", default="measured.csv", type=click.Path(), help=".csv or .parquet")
@click.option("--catalogue", "catalogues", multiple=True, type=click.Path(), help="sizes, shapes")
@click.option("--layout", type=click.Path(), help="YAML that names the HDUs")
@click.option("--spaxel", type=float, help="side, arcsec, where files do not say it")
@click.option("--fwhm", type=float, help="seeing, arcsec, where catalogues have none")
@click.option("--network", default="manga_rotation", help="a shipped one, a .keras file, or none")
@click.option("--draws", type=COUNT, default=100, help="Monte-Carlo draws; default: 100")
@click.option("--seed", type=int, default=0, help="random state")
@click.option("--chunk", type=COUNT, default=128, help="inputs in a part; default: 128")
@WORKERS
@SCHEDULER
def measure(inputs, out, **settings):
    """Measure rotation, shape and order of galaxies from maps of stellar kinematics.

    INPUTS are folders and files of FITS (MaNGA's MAPS, SAMI's maps, tables of bins, any with named
    HDUs), or one HDF5 file. --catalogue may be given more than once; it has an identifier and any
    of r_e, ellipticity, position_angle, sersic, fwhm, as SAMI's, MaNGA's or your own. What was left
    out, and why, is in a file beside the result.

    \b
    Examples:
      galutils measure maps -o measured.csv --catalogue sami_dr3.InputCatGAMADR3.csv
      galutils measure mine --layout layout.yml --fwhm 2.1 --network none
      galutils measure manga/stellar_velocity_fields.h5 --catalogue manga/labels.csv --workers 4
    """
    from galutils.classify.measurements import measure as measure_maps

    return worked("inputs measured", measure_maps, inputs, out, **settings)
