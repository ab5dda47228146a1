/**
 * What agents see on the form: the customer's last answer first, then earlier ones. Everything is escaped here.
 *
 * The answers are in the instance already, where the write-back put them: the form asks nobody and waits for nobody.
 */
var DeskPulsePanel = function () {};

DeskPulsePanel.EARLIER = 5;
DeskPulsePanel.READ = 50;
DeskPulsePanel.BANDS = {
    promoter: ['label-success', '\u25b2', 'Promoter'],
    passive: ['label-warning', '\u25cf', 'Passive'],
    detractor: ['label-danger', '\u25bc', 'Detractor']
};

DeskPulsePanel.prototype = {
    /** The panel of one ticket's form; '' for people who are no agents. */
    html: function (current) {
        if (!gs.hasRole('itil')) {
            return '';
        }
        var customer = current && current.getUniqueValue() ? new DeskPulseLink().customerOf(current) : '';
        var answers = customer ? this.answersOf(customer) : [];
        var inner = answers.length ? this.last(answers[0]) + this.earlier(answers.slice(1)) : this.empty(customer);
        return '<section class="deskpulse" aria-label="Customer feedback"><h4>Customer feedback</h4>' + inner + '</section>';
    },

    /** The customer's answers, newest first, the newest of each ticket only: a changed answer replaces the former. */
    answersOf: function (customer) {
        var found = [];
        var tickets = {};
        var row = new GlideRecord('u_nps_response');
        row.addQuery('u_customer', customer);
        row.orderByDesc('u_answered_at');
        row.orderByDesc('u_revision');
        row.setLimit(DeskPulsePanel.READ);
        row.query();
        while (row.next() && found.length <= DeskPulsePanel.EARLIER) {
            var ticket = String(row.getValue('u_task') || row.getUniqueValue());
            if (!tickets[ticket]) {
                tickets[ticket] = true;
                found.push({
                    score: row.getValue('u_score'),
                    band: DeskPulsePanel.BANDS[row.getValue('u_category')] || ['label-default', '', ''],
                    at: row.getDisplayValue('u_answered_at'),
                    ticket: row.getDisplayValue('u_task'),
                    agent: row.getDisplayValue('u_agent'),
                    comment: row.getValue('u_comment'),
                    factors: row.getValue('u_factors'),
                    link: row.getValue('u_link'),
                    contact: String(row.getValue('u_contact_wanted')) === '1' || String(row.getValue('u_contact_wanted')) === 'true'
                });
            }
        }
        return found;
    },

    last: function (answer) {
        var lines = ['<p>' + this.badge(answer) + ' <strong>' + this.safe(answer.score) + ' of 10</strong>, ' + this.about(answer) + '</p>'];
        if (answer.contact) {
            lines.push('<p><strong>The customer asks to be contacted.</strong></p>');
        }
        if (answer.factors) {
            lines.push('<p>About: ' + this.safe(answer.factors) + '</p>');
        }
        if (answer.comment) {
            lines.push('<blockquote>' + this.safe(answer.comment).replace(/\r?\n/g, '<br/>') + '</blockquote>');
        }
        if (/^https?:\/\//.test(String(answer.link || ''))) {
            lines.push('<p><a href="' + this.safe(answer.link) + '" target="_blank" rel="noopener noreferrer">Open in DeskPulse</a></p>');
        }
        return lines.join('');
    },

    earlier: function (answers) {
        var rows = [];
        for (var place = 0; place < answers.length; place += 1) {
            rows.push('<li>' + this.badge(answers[place]) + ' ' + this.safe(answers[place].score) + ', ' + this.about(answers[place]) + '</li>');
        }
        return rows.length ? '<h5>Earlier</h5><ul>' + rows.join('') + '</ul>' : '';
    },

    empty: function (customer) {
        return '<p>' + (customer ? 'No feedback from this customer yet.' : 'Choose a customer to see their last feedback.') + '</p>';
    },

    badge: function (answer) {
        return '<span class="label ' + answer.band[0] + '"><span aria-hidden="true">' + answer.band[1] + '</span> ' + answer.band[2] + '</span>';
    },

    about: function (answer) {
        var words = [answer.at, answer.ticket, answer.agent];
        var found = [];
        for (var place = 0; place < words.length; place += 1) {
            if (words[place]) {
                found.push(this.safe(words[place]));
            }
        }
        return found.join(', ');
    },

    safe: function (text) {
        return GlideStringUtil.escapeHTML(String(text === null || text === undefined ? '' : text));
    }
};
