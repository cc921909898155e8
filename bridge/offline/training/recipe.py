"""Every number of a training run. The defaults are the reference model's where it states them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How to train."""

    seed: int = 0
    samples: int = 30_000
    """Feelings of the generated corpus."""
    epochs: int = 100
    batch: int = 512
    learning_rate: float = 1e-3
    """Of AdamW at the beginning; falls along a cosine to zero."""
    weight_decay: float = 1e-4
    tie: bool = True
    """Whether the last layer gives left and right the same weight. If not, mirror images and the
    symmetry weight draw them together."""
    symmetry_weight: float = 2.0
    """Of the mean squared difference of left and right, beside Smooth L1."""
    sparsity_weight: float = 1e-4
    """Of the mean absolute weight."""
    dropout: float = 0.0
    """The reference has dropout, but does not say how much. The generated corpus has no noise that
    could be learnt by heart."""
    jitter: float = 0.0
    """Standard deviation of what is added to each feeling, anew each time it is learnt. Data with
    few distinct feelings, such as Emo3D, need about .06 to have faces between them."""
    steepest: float = 2.4
    """How much a weight may change per unit of valence, arousal or dominance before it costs."""
    steepness_weight: float = 2.0
    """Of the mean square of what exceeds that."""
    validation_share: float = 0.1
    """Of the data, kept apart for measuring."""
    divergence: float = 3.0
    """The run ends with an error when the loss is this many times its lowest so far, or not a
    number."""
