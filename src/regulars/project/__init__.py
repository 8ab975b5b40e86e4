"""A shop's regulars.yaml as frozen definitions, all its faults at once."""

from regulars.project.project import FILE, EngineSettings, Project, currency_digits

__all__ = ["FILE", "EngineSettings", "Project", "currency_digits"]
