"use strict";

Redoc.init(
  "/v1/openapi.json",
  {
    expandResponses: "200,201",
    jsonSamplesExpandLevel: 3,
    sortRequiredPropsFirst: true,
    theme: {
      typography: { fontFamily: "sans-serif", headings: { fontFamily: "sans-serif" } },
    },
  },
  document.getElementById("redoc"),
);
