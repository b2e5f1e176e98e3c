// The official Java library on requests that were signed here: each line says what it must find.

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiPredicate;

public class Verify {
    private static final BiPredicate ALL = new BiPredicate() {
        public boolean test(Object name, Object value) {
            return true;
        }
    };

    public static void main(String[] args) throws Exception {
        int wrong = 0;
        int seen = 0;
        for (Object line : Files.readAllLines(Paths.get(args[0], new String[0]), StandardCharsets.UTF_8)) {
            String[] part = ((String) line).split("\t");
            Map headers = new HashMap();
            headers.put("webhook-id", Arrays.asList(new Object[] {part[3]}));
            headers.put("webhook-timestamp", Arrays.asList(new Object[] {part[4]}));
            headers.put("webhook-signature", Arrays.asList(new Object[] {part[5]}));
            String body = new String(Base64.getDecoder().decode(part[6]), StandardCharsets.UTF_8);
            String found = "valid";
            try {
                new Webhook(part[2]).verify(body, HttpHeaders.of(headers, ALL));
            } catch (WebhookVerificationException e) {
                found = "invalid";
            }
            seen++;
            if (!found.equals(part[1])) {
                wrong++;
                System.out.println("java: " + part[0] + " is " + found + ", not " + part[1]);
            }
        }
        System.out.println("java: " + seen + " requests, " + wrong + " found wrong");
        System.exit(wrong > 0 || seen == 0 ? 1 : 0);
    }
}
