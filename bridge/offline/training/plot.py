"""The loss curves of a run, as a picture. Needs matplotlib (the extra `plot`)."""

from pathlib import Path

from bridge.offline.training.fit import History


def plot_history(history: History, path: Path) -> None:
    """Draw training and validation loss over the epochs into a PNG or SVG file."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    epochs = range(1, len(history.training) + 1)
    axes.plot(epochs, history.training, label="training")
    axes.plot(epochs, history.validation, label="validation (kept apart)")
    axes.set(xlabel="epoch", ylabel="loss", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
