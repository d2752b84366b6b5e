"""What it costs that saved objects leave a trace: models that differ only in who watches them."""
