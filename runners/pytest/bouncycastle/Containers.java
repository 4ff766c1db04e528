/*
 * Makes and reads CMS containers with Bouncy Castle: the other side of test_smime_bouncycastle.py. A request a line on standard
 * input, words "name=value" behind a verb; an answer a line on standard output.
 *
 *   make type=auth_enveloped alg=2.16.840.1.101.3.4.1.6 kek=ID:KEY ... content=HEX [tag=12 nonce=HEX] [mackey=32] [auth=1] [unauth=1]
 *     -> ok HEX
 *   open kek=ID:KEY octets=HEX
 *     -> ok type=.. alg=.. content_type=.. recipients=.. auth=OID,OID unauth=.. mac=LENGTH content=HEX
 * What cannot be done: "failed CLASS: message".
 */
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.security.AlgorithmParameters;
import java.security.Key;
import java.security.Security;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.AuthEnvelopedData;
import org.bouncycastle.asn1.cms.AuthenticatedData;
import org.bouncycastle.asn1.cms.CCMParameters;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.GCMParameters;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSAuthenticatedData;
import org.bouncycastle.cms.CMSAuthenticatedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedGenerator;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.KEKRecipientId;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.RecipientInformationStore;
import org.bouncycastle.cms.RecipientOperator;
import org.bouncycastle.cms.SimpleAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceCMSMacCalculatorBuilder;
import org.bouncycastle.cms.jcajce.JceKEKAuthenticatedRecipient;
import org.bouncycastle.cms.jcajce.JceKEKRecipient;
import org.bouncycastle.cms.jcajce.JceKEKRecipientInfoGenerator;
import org.bouncycastle.jcajce.spec.AEADParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.encoders.Hex;

public final class Containers {
    private static final ASN1ObjectIdentifier CONTENT_HINTS = new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.4");

    public static void main(String[] arguments) throws IOException {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer;
            try {
                answer = "ok " + answer(line);
            } catch (Exception e) {
                answer = "failed " + e.getClass().getSimpleName() + ": " + String.valueOf(e.getMessage()).replace('\n', ' ');
            }
            System.out.println(answer);
            System.out.flush();
        }
    }

    private static String answer(String line) throws Exception {
        String[] words = line.split(" ");
        Map<String, String> request = new HashMap<>();
        List<String[]> keks = new ArrayList<>();
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            String name = words[i].substring(0, equals), value = words[i].substring(equals + 1);
            if (name.equals("kek"))
                keks.add(value.split(":"));
            else
                request.put(name, value);
        }
        return words[0].equals("make") ? Hex.toHexString(make(request, keks)) : open(request, keks.get(0));
    }

    private static SecretKeySpec key(String[] kek) {
        return new SecretKeySpec(Hex.decode(kek[1]), "AES");
    }

    // ---- making --------------------------------------------------------------------------------------------------

    private static byte[] make(Map<String, String> request, List<String[]> keks) throws Exception {
        CMSProcessableByteArray content = new CMSProcessableByteArray(Hex.decode(request.getOrDefault("content", "")));
        ASN1ObjectIdentifier alg = new ASN1ObjectIdentifier(request.get("alg"));
        switch (request.get("type")) {
        case "auth_enveloped": {
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            for (String[] kek : keks)
                generator.addRecipientInfoGenerator(new JceKEKRecipientInfoGenerator(Hex.decode(kek[0]), key(kek)));
            if (request.containsKey("auth"))
                generator.setAuthenticatedAttributeGenerator(attribute("authenticated"));
            if (request.containsKey("unauth"))
                generator.setUnauthenticatedAttributeGenerator(attribute("not authenticated"));
            return generator.generate(content, encryptor(alg, request)).toASN1Structure().getEncoded("DER");
        }
        case "authenticated": {
            CMSAuthenticatedDataGenerator generator = new CMSAuthenticatedDataGenerator();
            add(generator, keks);
            if (request.containsKey("unauth"))
                generator.setUnauthenticatedAttributeGenerator(attribute("not authenticated"));
            int bits = 8 * Integer.parseInt(request.getOrDefault("mackey", "32"));
            var mac = new JceCMSMacCalculatorBuilder(alg, bits).setProvider("BC").build();
            CMSAuthenticatedData made = request.containsKey("auth")
                ? generator.generate(content, mac, new JcaDigestCalculatorProviderBuilder().setProvider("BC").build()
                                     .get(new AlgorithmIdentifier(CMSAlgorithm.SHA256)))
                : generator.generate(content, mac);
            return made.toASN1Structure().getEncoded(request.getOrDefault("encoding", "DER"));
        }
        default: {
            CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
            add(generator, keks);
            return generator.generate(content, new JceCMSContentEncryptorBuilder(alg).setProvider("BC").build()).getEncoded();
        }
        }
    }

    private static void add(CMSEnvelopedGenerator generator, List<String[]> keks) {
        for (String[] kek : keks)
            generator.addRecipientInfoGenerator(new JceKEKRecipientInfoGenerator(Hex.decode(kek[0]), key(kek)));
    }

    /* An attribute of RFC 2634 (content-hints' number with a text of our own), so that nothing else bears on it. */
    private static SimpleAttributeTableGenerator attribute(String text) {
        return new SimpleAttributeTableGenerator(
            new AttributeTable(new DERSet(new Attribute(CONTENT_HINTS, new DERSet(new DERUTF8String(text))))));
    }

    private static boolean isCcm(ASN1ObjectIdentifier alg) {
        return alg.equals(CMSAlgorithm.AES128_CCM) || alg.equals(CMSAlgorithm.AES192_CCM) || alg.equals(CMSAlgorithm.AES256_CCM);
    }

    private static OutputAEADEncryptor encryptor(ASN1ObjectIdentifier alg, Map<String, String> request) throws Exception {
        JceCMSContentEncryptorBuilder builder = new JceCMSContentEncryptorBuilder(alg).setProvider("BC");
        if (request.containsKey("tag")) {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance(isCcm(alg) ? "CCM" : "GCM", "BC");
            int bits = 8 * Integer.parseInt(request.get("tag"));
            byte[] nonce = Hex.decode(request.get("nonce"));
            parameters.init(isCcm(alg) ? new AEADParameterSpec(nonce, bits) : new GCMParameterSpec(bits, nonce));
            builder.setAlgorithmParameters(parameters);
        }
        return (OutputAEADEncryptor)builder.build();
    }

    // ---- reading -------------------------------------------------------------------------------------------------

    private static String open(Map<String, String> request, String[] kek) throws Exception {
        byte[] octets = Hex.decode(request.get("octets"));
        ContentInfo info = ContentInfo.getInstance(octets);
        if (!java.util.Arrays.equals(info.getEncoded("DER"), octets))
            throw new CMSException("not DER");
        if (info.getContentType().equals(CMSObjectIdentifiers.authEnvelopedData)) {
            CMSAuthEnvelopedData data = new CMSAuthEnvelopedData(octets);
            AuthEnvelopedData inner = AuthEnvelopedData.getInstance(info.getContent());
            return describe("auth_enveloped", inner.getAuthEncryptedContentInfo().getContentEncryptionAlgorithm(),
                            inner.getAuthEncryptedContentInfo().getContentType(), data.getRecipientInfos(),
                            data.getAuthAttrs(), data.getUnauthAttrs(), data.getMac())
                + " content=" + content(data.getRecipientInfos(), kek, new AuthEnvelopedRecipient(key(kek)));
        }
        CMSAuthenticatedData data = new CMSAuthenticatedData(octets, new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
        AuthenticatedData inner = AuthenticatedData.getInstance(info.getContent());
        RecipientInformation recipient = data.getRecipientInfos().get(new KEKRecipientId(Hex.decode(kek[0])));
        Recipient opener = new JceKEKAuthenticatedRecipient(key(kek)).setProvider("BC");
        byte[] content = recipient.getContent(opener);
        /* Here it is for the caller to compare them. */
        if (!java.security.MessageDigest.isEqual(data.getMac(), recipient.getMac()))
            throw new CMSException("the MAC differs");
        if (data.getAuthAttrs() != null) {
            Attribute digest = data.getAuthAttrs().get(org.bouncycastle.asn1.cms.CMSAttributes.messageDigest);
            DEROctetString computed = new DEROctetString(recipient.getContentDigest());
            if (!computed.equals(digest.getAttrValues().getObjectAt(0)))
                throw new CMSException("the digest differs");
        }
        return describe("authenticated", data.getMacAlgorithm(), inner.getEncapsulatedContentInfo().getContentType(),
                        data.getRecipientInfos(), data.getAuthAttrs(), data.getUnauthAttrs(), data.getMac())
            + " content=" + Hex.toHexString(content);
    }

    private static String content(RecipientInformationStore store, String[] kek, JceKEKRecipient opener) throws Exception {
        RecipientInformation recipient = store.get(new KEKRecipientId(Hex.decode(kek[0])));
        return Hex.toHexString(recipient.getContent(opener.setProvider("BC")));
    }

    private static String describe(String type, AlgorithmIdentifier alg, ASN1ObjectIdentifier content, RecipientInformationStore store,
                                   AttributeTable auth, AttributeTable unauth, byte[] mac) {
        return "type=" + type + " alg=" + alg.getAlgorithm() + " content_type=" + content + " recipients=" + store.size()
            + " auth=" + oids(auth) + " unauth=" + oids(unauth) + " mac=" + mac.length;
    }

    private static String oids(AttributeTable table) {
        List<String> oids = new ArrayList<>();
        for (int i = 0; table != null && i < table.size(); i++)
            oids.add(Attribute.getInstance(table.toASN1EncodableVector().get(i)).getAttrType().getId());
        java.util.Collections.sort(oids);
        return String.join(",", oids);
    }

    /* What Bouncy Castle 1.72 has for key transport alone: AuthEnvelopedData opened with a KEK. The content is handed on only when the tag
     * has been checked, at the end of the stream: reading it all is then what fails. */
    private static final class AuthEnvelopedRecipient extends JceKEKRecipient {
        AuthEnvelopedRecipient(SecretKeySpec kek) {
            super(kek);
        }

        @Override
        public RecipientOperator getRecipientOperator(AlgorithmIdentifier wrap, AlgorithmIdentifier alg, byte[] wrapped) throws CMSException {
            Key cek = extractSecretKey(wrap, alg, wrapped);
            return new RecipientOperator(new Decryptor(cek, alg));
        }
    }

    private static final class Decryptor implements org.bouncycastle.operator.InputAEADDecryptor {
        private final AlgorithmIdentifier alg;
        private final javax.crypto.Cipher cipher;

        Decryptor(Key cek, AlgorithmIdentifier alg) throws CMSException {
            this.alg = alg;
            try {
                boolean ccm = isCcm(alg.getAlgorithm());
                byte[] nonce;
                int bits;
                if (ccm) {
                    CCMParameters p = CCMParameters.getInstance(alg.getParameters());
                    nonce = p.getNonce();
                    bits = 8 * p.getIcvLen();
                } else {
                    GCMParameters p = GCMParameters.getInstance(alg.getParameters());
                    nonce = p.getNonce();
                    bits = 8 * p.getIcvLen();
                }
                cipher = javax.crypto.Cipher.getInstance(ccm ? "AES/CCM/NoPadding" : "AES/GCM/NoPadding", "BC");
                cipher.init(javax.crypto.Cipher.DECRYPT_MODE, new SecretKeySpec(cek.getEncoded(), "AES"), new AEADParameterSpec(nonce, bits));
            } catch (java.security.GeneralSecurityException e) {
                throw new CMSException("no cipher", e);
            }
        }

        @Override
        public AlgorithmIdentifier getAlgorithmIdentifier() {
            return alg;
        }

        @Override
        public InputStream getInputStream(InputStream in) {
            return new org.bouncycastle.jcajce.io.CipherInputStream(in, cipher);
        }

        @Override
        public java.io.OutputStream getAADStream() {
            return new java.io.OutputStream() {
                @Override
                public void write(int octet) {
                    cipher.updateAAD(new byte[] {(byte)octet});
                }

                @Override
                public void write(byte[] octets, int offset, int length) {
                    cipher.updateAAD(octets, offset, length);
                }
            };
        }

        @Override
        public byte[] getMAC() {
            return null;
        }
    }
}
