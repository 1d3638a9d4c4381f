"""Networks of the export matrix, with random weights."""

from .channels_last import LAYOUTS
from .classifiers import CLASSIFIERS
from .convolutions import CONVOLUTIONS
from .generators import GENERATORS
from .mixers import MIXERS
from .recurrent import RECURRENT
from .transformers import TRANSFORMERS

ARCHITECTURES = CLASSIFIERS + CONVOLUTIONS + GENERATORS + RECURRENT + TRANSFORMERS + MIXERS + LAYOUTS
