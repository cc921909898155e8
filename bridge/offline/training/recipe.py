"""Every number of a training run. The defaults are the reference model's where it states them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How to train."""

    seed: int = 0
    samples: int = 20_000
    """Faces of the FACS corpus; each is also learnt as its mirror image."""
    epochs: int = 100
    batch: int = 512
    learning_rate: float = 1e-3
    """Of AdamW at the beginning; falls along a cosine to zero."""
    weight_decay: float = 1e-4
    symmetry_weight: float = 2.0
    """Of the mean squared difference of left and right, beside Smooth L1."""
    sparsity_weight: float = 1e-4
    """Of the mean absolute weight."""
    dropout: float = 0.1
    """The reference has dropout, but does not say how much."""
    jitter: float = 0.06
    """Standard deviation of what is added to each feeling, anew each time it is learnt: nobody
    knows a feeling to two decimals, and neighbouring feelings shall have neighbouring faces."""
    steepest: float = 2.4
    """How much a weight may change per unit of valence, arousal or dominance before it costs."""
    steepness_weight: float = 2.0
    """Of the mean square of what exceeds that."""
    validation_share: float = 0.1
    """Of the data, kept apart for measuring."""
    divergence: float = 3.0
    """A loss this many times its lowest so far, or one that is no number, ends the run."""
