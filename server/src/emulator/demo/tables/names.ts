const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Given names of the people of the demo. */
export const givenNames = words(`
Adele Aiko Aisha Alba Alejandro Amir Anneli Anton Arturo Astrid Beatriz Benoit Birgit Boris Camila Carlos Chiara Chinwe Clara Daan
Dagny Daria Dariusz Deepa Diego Dunja Edda Elif Emeka Emil Enzo Erika Esther Eva Farid Fatima Felix Femke Filip Fiona Freya Gabriel
Giulia Goran Hana Hassan Hedda Henrik Hugo Ida Ilse Imran Ines Ivo Jakub Jana Jasper Joanna Jonas Josefa Kaito Kamila Karim Katja
Kofi Lars Laura Leila Lena Liam Linnea Lucia Ludwig Magda Mahmoud Maja Malik Marek Marta Mateo Mei Mila Mirela Nadia Naveen Nils Nina
Noor Olga Omar Otto Paula Pavel Petra Rafael Rania Ravi Renata Rosa Samir Sanna Selma Sergei Silvia Simon Sofia Stefan Sven Tamar
Tariq Thandi Tiago Tilda Ulrike Vera Viktor Wanda Yara Yusuf Zoe
`);

/** Family names of the people of the demo. */
export const familyNames = words(`
Abara Achterberg Adeyemi Aldana Almeida Andersen Antal Araya Asante Bachmann Bakker Baran Barros Bauer Beck Bergstrom Bianchi Boateng
Borg Brandt Calvo Castel Cerny Chandra Conti Cruz Dahl Danso Decker Delgado Demir Diaz Dubois Dvorak Eide Ekwueme Engel Eriksen
Estevez Fabbri Farouk Fischer Fonseca Forsberg Fuchs Galli Ganesan Gerber Gomes Grau Gruber Haddad Hagen Hakimi Halvorsen Hartmann
Heikkinen Hofer Horvat Huber Ibarra Ito Ivanov Jansen Jensen Joshi Kader Kaplan Karlsen Keller Khalil Kimura Klein Kovacs Krause
Kumar Laine Lange Larsen Leclerc Lindholm Lopes Lorenz Maier Malik Marino Markovic Mendes Meyer Moreau Moreno Mori Nagy Nakamura
Ndiaye Nguyen Nilsen Novak Nowak Obi Olsen Ortega Osei Oster Pereira Petrov Pinto Popescu Prasad Quist Ramos Reyes Richter Rossi Roth
Ruiz Sabo Salonen Sandoval Santos Sato Sauer Schmid Sharma Silva Simic Soares Sorensen Suarez Takeda Tanaka Thorsen Toth Tran Ueda
Vargas Vasquez Vidal Visser Vogel Wagner Weber Winter Yilmaz Zeman Ziegler
`);

/** Departments, the larger ones more than once. */
export const departments = [
  "Sales",
  "Sales",
  "Sales",
  "Customer Care",
  "Customer Care",
  "Engineering",
  "Engineering",
  "Engineering",
  "Logistics",
  "Logistics",
  "Finance",
  "People",
  "Legal",
  "Marketing",
  "Cloud Platform",
  "Workplace IT",
  "Management",
];

/** First parts of device names, by what the device is. */
export const devicePrefixes = { laptop: "ALD-LT", mac: "ALD-MB", desktop: "ALD-WS", phone: "ALD-PH", server: "ALD-SV" } as const;
