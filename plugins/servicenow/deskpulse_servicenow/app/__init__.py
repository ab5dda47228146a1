"""Our part of a ServiceNow instance: readable sources, and what makes an update set of them.

``contents.json`` names every record, ``scripts`` (ES5), ``macros`` and ``mail`` hold their longer texts. ``contents``
reads them, ``update_set`` writes the XML that an administrator imports, ``rules`` checks it as far as that is possible
without an instance, ``package`` hands it over.
"""
