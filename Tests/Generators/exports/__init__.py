"""Networks of the export matrix, with random weights."""

from .channels_last import LAYOUTS
from .classifiers import CLASSIFIERS
from .convolutions import CONVOLUTIONS
from .recurrent import RECURRENT
from .transformers import TRANSFORMERS

ARCHITECTURES = CLASSIFIERS + CONVOLUTIONS + RECURRENT + TRANSFORMERS + LAYOUTS
