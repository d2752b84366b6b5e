"""Speed, as ratios to the raw driver doing the same work, measured side by side in one run."""
