/**
 * Calls to DeskPulse, kept until they arrived: RESTMessageV2 never tries again by itself.
 *
 * A row is written first and then sent; what fails is sent again after 1, 5, 15 and 60 minutes by a scheduled script,
 * and is dead afterwards. Every attempt has the same body and event id, but a time and a signature of its own. The
 * column u_event_id is unique, so that one event is sent once however often the business rule fires.
 */
var DeskPulseOutbox = function () {};

DeskPulseOutbox.TABLE = 'u_deskpulse_outbox';
DeskPulseOutbox.WAITS = [1, 5, 15, 60];
DeskPulseOutbox.TIMEOUT = 10000;
DeskPulseOutbox.AT_ONCE = 100;
DeskPulseOutbox.KEPT_DAYS = 400;

DeskPulseOutbox.prototype = {
    /** A new row that waits; null where the event is known already. */
    add: function (eventId, ticket, event, body) {
        return this.insert(eventId, ticket, event, { u_state: 'waiting', u_body: body, u_next_at: this.inMinutes(1) });
    },

    /** Remember that something was done; false where it was done before. */
    note: function (eventId, ticket, event) {
        return this.insert(eventId, ticket, event, { u_state: 'sent' }) !== null;
    },

    /** Whether there was such an event about the ticket. */
    knows: function (ticket, event) {
        var row = new GlideRecord(DeskPulseOutbox.TABLE);
        row.addQuery('u_ticket', ticket);
        row.addQuery('u_event', event);
        row.setLimit(1);
        row.query();
        return row.next();
    },

    /** Whether there is an address to call, and a secret to sign with. */
    isSetUp: function () {
        return gs.getProperty('deskpulse.inlet_url', '') !== '' && gs.getProperty('deskpulse.signing_secret', '') !== '';
    },

    /** Send what waits and is due; called every minute. */
    deliverDue: function () {
        if (!this.isSetUp()) {
            return;
        }
        var row = new GlideRecord(DeskPulseOutbox.TABLE);
        row.addQuery('u_state', 'waiting');
        row.addQuery('u_next_at', '<=', this.inMinutes(0));
        row.orderBy('u_next_at');
        row.setLimit(DeskPulseOutbox.AT_ONCE);
        row.query();
        while (row.next()) {
            this.deliver(row);
        }
    },

    /** Send one row and write down how it went. */
    deliver: function (row) {
        var problem = this.post(row.getValue('u_event_id'), row.getValue('u_body'));
        var attempts = parseInt(row.getValue('u_attempts') || '0', 10) + 1;
        row.setValue('u_attempts', attempts);
        row.setValue('u_last_error', problem);
        if (!problem) {
            row.setValue('u_state', 'sent');
        } else if (attempts > DeskPulseOutbox.WAITS.length) {
            row.setValue('u_state', 'dead');
            gs.error('DeskPulse: gave up on ' + row.getValue('u_event_id') + ': ' + problem);
        } else {
            row.setValue('u_next_at', this.inMinutes(DeskPulseOutbox.WAITS[attempts - 1]));
        }
        row.update();
    },

    /** Forget what was sent long ago; called once a day. */
    purge: function () {
        var row = new GlideRecord(DeskPulseOutbox.TABLE);
        row.addQuery('u_state', 'sent');
        row.addQuery('sys_created_on', '<', this.inMinutes(-DeskPulseOutbox.KEPT_DAYS * 24 * 60));
        row.deleteMultiple();
    },

    /** POST the body; '' where DeskPulse took it, else what went wrong. */
    post: function (eventId, body) {
        var stamp = String(Math.floor(new GlideDateTime().getNumericValue() / 1000));
        try {
            var message = new sn_ws.RESTMessageV2();
            message.setEndpoint(gs.getProperty('deskpulse.inlet_url', ''));
            message.setHttpMethod('post');
            message.setHttpTimeout(DeskPulseOutbox.TIMEOUT);
            message.setRequestHeader('Content-Type', 'application/json');
            message.setRequestHeader('X-DeskPulse-Timestamp', stamp);
            message.setRequestHeader('X-DeskPulse-Signature', 'v1=' + this.sign(stamp + '.' + body));
            message.setRequestHeader('X-DeskPulse-Event-Id', eventId);
            message.setRequestBody(body);
            var status = parseInt(message.execute().getStatusCode(), 10);
            return status >= 200 && status < 300 ? '' : 'DeskPulse answered ' + (status || 'nothing');
        } catch (error) {
            return ('no answer: ' + error).substring(0, 200);
        }
    },

    /** HMAC-SHA256 in Base64; generateMac wants its key in Base64 too. */
    sign: function (text) {
        var key = gs.base64Encode(gs.getProperty('deskpulse.signing_secret', ''));
        return new GlideCertificateEncryption().generateMac(key, 'HmacSHA256', text);
    },

    /** A new row, or null where there is one for the event, also where another job is just writing it. */
    insert: function (eventId, ticket, event, values) {
        var known = new GlideRecord(DeskPulseOutbox.TABLE);
        if (known.get('u_event_id', eventId)) {
            return null;
        }
        var row = new GlideRecord(DeskPulseOutbox.TABLE);
        row.initialize();
        row.setValue('u_event_id', eventId);
        row.setValue('u_ticket', ticket);
        row.setValue('u_event', event);
        row.setValue('u_attempts', 0);
        for (var field in values) {
            row.setValue(field, values[field]);
        }
        return row.insert() ? row : null;
    },

    /** The time in so many minutes, as a field stores it: UTC. */
    inMinutes: function (minutes) {
        var time = new GlideDateTime();
        time.addSeconds(minutes * 60);
        return time.getValue();
    }
};
