/**
 * The survey link of a ticket, for mails that ServiceNow sends itself.
 *
 * The property deskpulse.invite_link holds the link with fields in braces as values, such as tid={sys_id}. Where the
 * property deskpulse.link_key has a value, the link is signed with it: HMAC-SHA256, in hex, over the sorted parameters.
 */
var DeskPulseLink = function () {};

DeskPulseLink.BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

DeskPulseLink.prototype = {
    /** The link; '' where ServiceNow shall not ask. */
    of: function (current) {
        var template = gs.getProperty('deskpulse.invite_link', '');
        var start = template.indexOf('?');
        if (start < 0) {
            return '';
        }
        var values = this.parameters(template.substring(start + 1), current);
        var key = gs.getProperty('deskpulse.link_key', '');
        if (key) {
            values.sig = this.sign(key, values);
        }
        return template.substring(0, start + 1) + this.query(values, this.names(values));
    },

    /** Who asked for help: the caller of an incident, the person for whom an item was requested. */
    customerOf: function (current) {
        var fields = ['caller_id', 'requested_for'];
        for (var place = 0; place < fields.length; place += 1) {
            if (current.isValidField(fields[place]) && current.getValue(fields[place])) {
                return String(current.getValue(fields[place]));
            }
        }
        if (!current.isValidField('request')) {
            return '';
        }
        var request = new GlideRecord('sc_request');
        return request.get(String(current.getValue('request'))) ? String(request.getValue('requested_for') || '') : '';
    },

    /** The link's parameters with the ticket's values in them; empty ones are left out. */
    parameters: function (query, current) {
        var values = {};
        var pairs = query.split('&');
        for (var place = 0; place < pairs.length; place += 1) {
            var cut = pairs[place].indexOf('=');
            var value = this.filled(decodeURIComponent(pairs[place].substring(cut + 1)), current);
            if (value) {
                values[pairs[place].substring(0, cut)] = value;
            }
        }
        return values;
    },

    filled: function (value, current) {
        var field = /^\{(\w+)\}$/.exec(value);
        if (!field) {
            return value;
        }
        if (field[1] === 'customer') {
            return this.customerOf(current);
        }
        return field[1] === 'sys_id' ? current.getUniqueValue() : String(current.getValue(field[1]) || '');
    },

    names: function (values) {
        var names = [];
        for (var name in values) {
            names.push(name);
        }
        return names;
    },

    query: function (values, names) {
        var pairs = [];
        for (var place = 0; place < names.length; place += 1) {
            pairs.push(this.quoted(names[place]) + '=' + this.quoted(values[names[place]]));
        }
        return pairs.join('&');
    },

    /** As RFC 3986 asks; encodeURIComponent leaves five more characters as they are. */
    quoted: function (text) {
        return encodeURIComponent(text).replace(/[!'()*]/g, function (one) {
            return '%' + one.charCodeAt(0).toString(16).toUpperCase();
        });
    },

    sign: function (key, values) {
        var text = this.query(values, this.names(values).sort());
        return this.hex(new GlideCertificateEncryption().generateMac(gs.base64Encode(key), 'HmacSHA256', text));
    },

    /** Base64, which is all that generateMac gives, as hex. */
    hex: function (base64) {
        var found = '';
        var bits = 0;
        var held = 0;
        for (var place = 0; place < base64.length && base64.charAt(place) !== '='; place += 1) {
            held = ((held << 6) | DeskPulseLink.BASE64.indexOf(base64.charAt(place))) & 0xffff;
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                found += ('0' + ((held >> bits) & 0xff).toString(16)).slice(-2);
            }
        }
        return found;
    }
};
