"""What a stakeholder sees."""
