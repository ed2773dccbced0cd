"""Training of the LoRA adapters that play the roles on a pretrained base model."""
