const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};

/** Text as it stands in XML, between tags or in a quoted attribute. */
export const escapeXml = (text: string): string => text.replaceAll(/[&<>"]/g, char => ENTITIES[char]!);
