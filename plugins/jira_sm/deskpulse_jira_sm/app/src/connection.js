// Where this app asks; written when the app is built for a connection.

export const panelAddress = "https://nps.example.com/panel/example";
