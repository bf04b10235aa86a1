/** Under this name the server keeps how the page's last submission ended. @type {{id?: string}} */
export const receipt = { id: /[?&]\/=([^&]*)/.exec(location.search)?.[1] };
