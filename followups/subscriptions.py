"""What this floor does when the one below tells it something."""


def subscribe() -> None:
    """Connect the receivers; called once when the app is ready."""
    from followups import foreseeing, mail_events
    from followups.cadences import subscriptions as cadences
    from followups.engine import subscriptions as engine
    from followups.owed import subscriptions as owed
    from followups.standing import subscriptions as standing
    from playbooks.signals import reminders_asked

    cadences.subscribe()
    engine.subscribe()
    standing.subscribe()
    owed.subscribe()
    mail_events.subscribe()
    reminders_asked.connect(foreseeing.foresee, dispatch_uid="followups.foresee")
