"""Numbers for people without an account: public dashboards, secret links, embeds."""
