(function (current, template) {
    var link = GlideStringUtil.escapeHTML(new DeskPulseLink().of(current));
    template.print('<a href="' + link + '">' + link + '</a>');
})(current, template);
