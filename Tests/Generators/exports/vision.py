"""torchvision's models, also where its operators do not load (its wheel beside a torch for processors alone); no network here has any."""

import torch

try:
    import torchvision.models as models
except RuntimeError:
    known = torch.library.register_fake
    torch.library.register_fake = lambda *_, **__: lambda function: function
    import torchvision.models as models
    torch.library.register_fake = known

__all__ = ["models"]
