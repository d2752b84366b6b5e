"""What can happen in the tests' CRM."""

from activitylog import TypeRegistry, standard

types = TypeRegistry(standard.types)
for verb in ("created", "changed", "deleted"):
    types.define(f"address.{verb}", category="contact", field_labels={"street": {"en": "Street", "de": "Straße"}})
