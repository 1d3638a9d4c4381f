"""Networks of the export matrix, with random weights."""

from .classifiers import CLASSIFIERS
from .convolutions import CONVOLUTIONS
from .recurrent import RECURRENT
from .transformers import TRANSFORMERS

ARCHITECTURES = CLASSIFIERS + CONVOLUTIONS + RECURRENT + TRANSFORMERS
