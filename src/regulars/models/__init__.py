"""The mathematics: numpy and scipy only, no engine."""
