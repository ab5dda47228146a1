/**
 * Tells DeskPulse that a ticket was resolved or opened again, and asks the customer where ServiceNow shall do so.
 *
 * Called by an asynchronous business rule: the user's save does not wait for it, "previous" is not known, and the ticket
 * may have moved on since. What is sent is therefore a hint with ids only; DeskPulse reads the ticket again. The rule's
 * condition, which is tested at the save itself, passes over what DeskPulse's own user does.
 */
var DeskPulse = function () {
    this.outbox = new DeskPulseOutbox();
};

DeskPulse.STATES = '{"incident":"6,7","sc_req_item":"3,4"}';
DeskPulse.VERSION = 1;

DeskPulse.prototype = {
    /** The state of "current" changed. Until the instance was set up, nothing happens. */
    ticketChanged: function (current) {
        var event = this.outbox.isSetUp() ? this.eventOf(current) : '';
        if (!event) {
            return;
        }
        if (event === 'ticket.resolved') {
            this.askOnce(current);
        }
        var eventId = [current.getUniqueValue(), this.text(current, 'state'), this.turnOf(current)].join(':');
        var row = this.outbox.add(eventId, current.getUniqueValue(), event, this.bodyOf(current, event, eventId));
        if (row) {
            this.outbox.deliver(row);
        }
    },

    /** What happened, or '' where it concerns nobody: an open ticket matters only after it was resolved. */
    eventOf: function (current) {
        var resolved = this.resolvedStates(current.getTableName());
        if (resolved.indexOf(this.text(current, 'state')) >= 0) {
            return 'ticket.resolved';
        }
        return this.wasResolved(current) ? 'ticket.reopened' : '';
    },

    /** Whether an open ticket was resolved before. The rule's run for that may not even have begun yet. */
    wasResolved: function (current) {
        var reopens = parseInt(this.text(current, 'reopen_count') || '0', 10);
        return reopens > 0 || this.outbox.knows(current.getUniqueValue(), 'ticket.resolved');
    },

    /** The numbers of the states that count as resolved; they differ from table to table. */
    resolvedStates: function (table) {
        var states = JSON.parse(gs.getProperty('deskpulse.states', '') || DeskPulse.STATES);
        return states[table] ? String(states[table]).split(',') : [];
    },

    /** Which solving of the ticket this is: incidents count their reopens, other tickets have the time of closing. */
    turnOf: function (current) {
        if (current.isValidField('reopen_count')) {
            return this.text(current, 'reopen_count') || '0';
        }
        return this.text(current, 'closed_at') || this.text(current, 'sys_mod_count');
    },

    /** The body to send: ids, times and numbers, nothing about a person, and ASCII only, so that it is signed as sent. */
    bodyOf: function (current, event, eventId) {
        var body = {
            v: DeskPulse.VERSION,
            event: event,
            event_id: eventId,
            instance: gs.getProperty('instance_name', ''),
            table: current.getTableName(),
            sys_id: current.getUniqueValue(),
            number: this.text(current, 'number'),
            state: this.text(current, 'state'),
            resolved_at: this.text(current, 'resolved_at'),
            closed_at: this.text(current, 'closed_at'),
            reopen_count: this.text(current, 'reopen_count'),
            sys_mod_count: this.text(current, 'sys_mod_count')
        };
        return JSON.stringify(body).replace(/[\u007f-\uffff]/g, function (one) {
            return '\\u' + ('000' + one.charCodeAt(0).toString(16)).slice(-4);
        });
    },

    /** Let ServiceNow's own notification ask, once for each resolution, though closing it later is a second change. */
    askOnce: function (current) {
        var customer = new DeskPulseLink().customerOf(current);
        if (!customer || !gs.getProperty('deskpulse.invite_link', '')) {
            return;
        }
        var eventId = ['invite', current.getUniqueValue(), this.turnOf(current)].join(':');
        if (this.outbox.note(eventId, current.getUniqueValue(), 'invite')) {
            gs.eventQueue('deskpulse.invite', current, customer, eventId);
        }
    },

    /** A raw value as text; '' where the field is empty or the table has none of that name. */
    text: function (current, field) {
        return current.isValidField(field) ? String(current.getValue(field) || '') : '';
    }
};
